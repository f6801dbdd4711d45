"""The operations with a body per array library; everything else composes them.

A primitive takes its axes explicitly, mutates nothing, and trusts its caller to have checked the arguments.
"""
