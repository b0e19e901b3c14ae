"""Tokens that let one player into one match on one server.

`keys.py` is what they are signed with, `jwks.py` what anyone may check them with, `mint.py` makes them, and
`verify.py` is what a game server (or whatever stands before it) does with one.
"""
