def table_columns(_cr, _table):
    return {}
