"""Tables, documents and figures for readers. Nothing is computed here."""
