"""Reading other sites' calendars."""

from airbnb.integrations.calendars.reader import CalendarUnreadable, Reading, ReadWindow, read_calendar

__all__ = ["CalendarUnreadable", "ReadWindow", "Reading", "read_calendar"]
