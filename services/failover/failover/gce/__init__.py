"""Google Compute Engine as a Provider, over REST v1: the official client has no asyncio and costs 150 MiB."""
