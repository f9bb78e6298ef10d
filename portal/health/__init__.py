"""For whatever watches the service: is the process alive, can it do its work, and how much of it is there?"""
