"""What somebody changed past Fileplan: cases to decide on, and the two ways to decide, both through a request.

Adopting agrees to what the tenant holds; it changes nothing there. Reverting asks Graph to bring back what was agreed.
"""
