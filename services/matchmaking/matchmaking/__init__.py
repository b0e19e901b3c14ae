"""From "play" to a server address and a token that only works there, on the Open Match API and Agones."""
