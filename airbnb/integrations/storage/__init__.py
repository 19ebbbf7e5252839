"""Where files live behind one interface: ``protocol`` names it, ``local`` keeps them in a folder."""
