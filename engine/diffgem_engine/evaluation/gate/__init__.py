"""From which confidence on is a text worth showing?"""
