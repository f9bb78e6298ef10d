"""How gunicorn runs Fileplan, whoever starts it in this folder; what differs is given on the command line."""

logger_class = "portal.web.logs.GunicornLogger"
access_log_format = "%(h)s %(m)s %(U)s %(s)s %(B)s %(M)sms"  # where a log of accesses is asked for: no query strings
control_socket_disable = True
