from odoo import database


def is_initialized(_cr):
    return database.read()['initialized']
