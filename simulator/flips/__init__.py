"""Why two arms differ: the very deals that came out otherwise, each traced to its causes on common luck."""
