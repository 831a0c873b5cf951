"""How things are shown: menus, states, words explained, charts and dates. Knows no table and no app."""
