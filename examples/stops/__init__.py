"""The stops of the tour: functions of one photo, each shown with its own source, its pictures and its times."""
