"""Microsoft's identity platform, through MSAL: who somebody is, and what an account lets the workers do.

MSAL keeps state, nonce and the PKCE verifier; everything else about an ID token is proved here (dependencies.md 5).
"""

from portal.graph.identity.flows import Answered, Login, NotSignedIn
from portal.graph.identity.proofs import Claims, Forged
from portal.graph.identity.registration import NOTHING, Certificate, Registration

__all__ = ["NOTHING", "Answered", "Certificate", "Claims", "Forged", "Login", "NotSignedIn", "Registration"]
