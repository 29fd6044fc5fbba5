"""A page for a room: predict, bet, reveal. Whole years from the engine, played by the browser.

``state``     all that a room has set
``sliders``   which keys of the scenario it can move, and how far
``room``      scenario and state -> one scenario with both sides as its strategies
``setup``     what the page is told once
``year``      two sides of one year on the same random events, week by week, with the causes of what parted them
``kept``      what one question leaves for the next
``years``     the same settings in many years
``shared_years``  those years, simulated once for all who ask
``saved``     the room as a file that ``zerosum compare`` takes
``verdict``   what may be said of them
``lessons``   scripts of bet, reveal, discuss
``replay``    the same page as one file, without a server
``bundle``    the page and its data in one file

``work``, ``engines``, ``answers``, ``guard``, ``server`` and ``serve`` answer the page, over HTTP. What is sent and
answered: ``docs/workshop.md``.
"""
