"""Scrapy spiders. They fetch and follow; they never parse a page for its text."""
