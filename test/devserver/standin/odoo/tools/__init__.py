import argparse
import os


class Configuration(dict):
    def parse_config(self, arguments, setup_logging=False):
        parser = argparse.ArgumentParser()
        parser.add_argument('-c', '--config', default='')
        parser.add_argument('--addons-path', default='')
        found = parser.parse_args(arguments)
        data_dir = os.path.join(os.path.dirname(os.environ['STANDIN_DATABASE']), 'data')
        self.update(data_dir=data_dir, config=found.config, addons_path=[path for path in found.addons_path.split(',') if path])


config = Configuration(
    http_interface='127.0.0.1', http_port=8069, max_cron_threads=1, server_wide_modules=['base'], dev_mode=['xml'], test_enable=False
)


def ormcache(*_keys, cache='default'):
    return lambda method: method
