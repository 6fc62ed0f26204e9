"""The words of the trade as frozen values: sites, assets, points, samples, rules, alarms, work orders."""
