"""The server's behaviour without a web framework: requests in, replies out, both plain values."""
