# The words of a line. The line below is the function in SQL.
# @sql-table __NAME__(line STRING) RETURNS TABLE (word STRING NOT NULL, length INT NOT NULL)
def __NAME__(line):
    for word in line.split():
        yield word, len(word)
