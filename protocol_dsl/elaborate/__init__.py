"""From the syntax tree to the model: names, units, times, generated visits, sets of visits, filled-in text."""
