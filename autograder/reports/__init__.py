"""What is written from results: grades, results, feedback pages, the class report, exports, and their words.

Everything that a student chose is hostile until it is escaped here. It reads results and must not know how they came about:
no check, no sandbox, no submission's file.
"""
