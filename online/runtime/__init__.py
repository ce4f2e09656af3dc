"""Polling, Arrow, threads and streams: nothing about recommendation."""
