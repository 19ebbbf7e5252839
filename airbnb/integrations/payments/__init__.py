"""Payment providers behind one interface: ``protocol`` names it, ``sandbox`` is the built-in stand-in."""
