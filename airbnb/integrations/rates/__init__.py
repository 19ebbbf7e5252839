"""Reading reference rates as the European Central Bank publishes them."""

from airbnb.integrations.rates.ecb import DailyRates, RatesUnreadable, read_rates

__all__ = ["DailyRates", "RatesUnreadable", "read_rates"]
