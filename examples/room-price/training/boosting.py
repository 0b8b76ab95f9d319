"""Gradient-boosted regression trees on squared error: the model of version 2.

A tree is `[feature, threshold, left, right]`, taken left when the feature is below the threshold, or a number: a leaf.
"""


def fit(inputs, targets, trees, depth, rate, smallest_leaf):
    """The base value and the trees whose leaves, added to it, predict the targets."""
    base = round(_mean(targets), 4)
    residuals = [target - base for target in targets]
    cuts = _cuts(inputs)
    bins = [_binned(inputs, feature, cuts[feature]) for feature in range(len(cuts))]
    everything = list(range(len(targets)))
    forest = []
    for _ in range(trees):
        tree = _grow(everything, residuals, bins, cuts, depth, rate, smallest_leaf)
        forest.append(tree)
        for index, row in enumerate(inputs):
            residuals[index] -= value(tree, row)
    return base, forest


def value(tree, row):
    while isinstance(tree, list):
        feature, threshold, left, right = tree
        tree = left if row[feature] < threshold else right
    return tree


def _grow(rows, residuals, bins, cuts, depth, rate, smallest_leaf):
    total = 0.0
    for row in rows:
        total += residuals[row]
    split = _best_split(rows, total, residuals, bins, smallest_leaf) if depth else None
    if split is None:
        return round(rate * total / len(rows), 4)
    feature, cut = split
    column = bins[feature]
    left = [row for row in rows if column[row] <= cut]
    right = [row for row in rows if column[row] > cut]
    return [
        feature,
        cuts[feature][cut],
        _grow(left, residuals, bins, cuts, depth - 1, rate, smallest_leaf),
        _grow(right, residuals, bins, cuts, depth - 1, rate, smallest_leaf),
    ]


def _best_split(rows, total, residuals, bins, smallest_leaf):
    """The (feature, bin) whose two sides explain most; the first of equals, so that training is deterministic."""
    count = len(rows)
    best, best_gain = None, total * total / count + 1e-6
    for feature, column in enumerate(bins):
        width = max(column) + 1
        sums, counts = [0.0] * width, [0] * width
        for row in rows:
            place = column[row]
            sums[place] += residuals[row]
            counts[place] += 1
        left_sum, left_count = 0.0, 0
        for cut in range(width - 1):
            left_sum += sums[cut]
            left_count += counts[cut]
            right_count = count - left_count
            if left_count < smallest_leaf or right_count < smallest_leaf:
                continue
            right_sum = total - left_sum
            gain = left_sum * left_sum / left_count + right_sum * right_sum / right_count
            if gain > best_gain:
                best, best_gain = (feature, cut), gain
    return best


def _cuts(inputs):
    """Candidate thresholds of every feature: halfway between neighbouring values, at most twenty."""
    result = []
    for feature in range(len(inputs[0])):
        values = sorted({row[feature] for row in inputs})
        step = max(1, len(values) // 20)
        kept = values[::step]
        result.append([round((low + high) / 2, 4) for low, high in zip(kept, kept[1:])])
    return result


def _binned(inputs, feature, cuts):
    column = []
    for row in inputs:
        place = 0
        while place < len(cuts) and row[feature] >= cuts[place]:
            place += 1
        column.append(place)
    return column


def _mean(values):
    total = 0.0
    for number in values:
        total += number
    return total / len(values)
