"""Every figure once: ``draw_*`` puts data on axes, :mod:`layout` makes a PNG's sheet or a panel of the page of them."""
