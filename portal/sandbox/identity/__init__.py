"""A stand-in for Microsoft's sign-in: who signs in, with which tokens, and every way in which that can go wrong.

It answers on the port of the stand-in Graph. To clients that insist on https its origin is `cast.ORIGIN`, which they
map to that port themselves. It asks for no password and guards nothing.
"""
