def check_postgres_user():
    pass


def report_configuration():
    pass
