"""Shared by the tests of all examples: python3 -m pytest examples"""

import os
import sys

sys.dont_write_bytecode = True  # a package folder is packed as it is: leave no caches in it
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # for fake_runner
