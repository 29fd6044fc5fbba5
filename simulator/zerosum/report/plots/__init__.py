"""All figures: ``draw_*`` puts data on axes; :mod:`layout` makes PNG sheets or page panels from them."""
