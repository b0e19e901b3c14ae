"""The players' API: HTTP and JSON. `queue.py` is what it does, `routes.py` how it is asked, `app.py` all of it."""
