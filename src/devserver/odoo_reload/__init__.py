"""A development server for Odoo that answers with new code before the person has changed windows. See README.md beside this package."""
