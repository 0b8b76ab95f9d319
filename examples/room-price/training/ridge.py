"""Ridge regression by its normal equations: the model of version 1."""


def fit(inputs, targets, penalty):
    """Weights and intercept that minimise squared error plus `penalty` times the squared weights."""
    rows = [list(row) + [1.0] for row in inputs]
    size = len(rows[0])
    matrix = [[0.0] * size for _ in range(size)]
    vector = [0.0] * size
    for row, target in zip(rows, targets):
        for i in range(size):
            if row[i] == 0.0:
                continue
            vector[i] += row[i] * target
            for j in range(size):
                matrix[i][j] += row[i] * row[j]
    for i in range(size - 1):  # the intercept, which is last, is free
        matrix[i][i] += penalty
    solution = _solve(matrix, vector)
    return solution[:-1], solution[-1]


def _solve(matrix, vector):
    """Gaussian elimination with partial pivoting."""
    size = len(vector)
    work = [row[:] + [value] for row, value in zip(matrix, vector)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(work[row][column]))
        work[column], work[pivot] = work[pivot], work[column]
        for row in range(column + 1, size):
            factor = work[row][column] / work[column][column]
            if factor:
                for k in range(column, size + 1):
                    work[row][k] -= factor * work[column][k]
    solution = [0.0] * size
    for row in reversed(range(size)):
        total = work[row][size]
        for k in range(row + 1, size):
            total -= work[row][k] * solution[k]
        solution[row] = total / work[row][row]
    return solution
