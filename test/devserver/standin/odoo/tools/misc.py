def unique(items):
    return dict.fromkeys(items)
