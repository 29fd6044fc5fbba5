"""The workshop's page: predict, bet, reveal. The engine simulates whole years, the browser plays them.

``state``     all settings of a room
``sliders``   which keys of the scenario it can change, and their ranges
``room``      scenario and state -> one scenario with both sides as its strategies
``setup``     what the page loads once
``year``      two sides of one year on the same random events, week by week, with the causes of differences
``kept``      warm-ups and years cached between requests
``years``     the same settings in many years
``shared_years``  those years, simulated once for all clients
``saved``     the room as a file that ``zerosum compare`` takes
``verdict``   what one year and many years show, in words
``lessons``   scripts of bet, reveal, discuss
``replay``    the same page as one file, without a server
``bundle``    the page and its data in one file

``work``, ``engines``, ``answers``, ``guard``, ``server`` and ``serve`` answer the page over HTTP. Requests and
answers: ``docs/workshop.md``.
"""
