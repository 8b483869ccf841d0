namespace ClipSharp;

/// <summary>"Did you mean": the known name with the smallest edit distance (insert, delete, replace, swap of
/// neighbours).</summary>
internal static class NearestName
{
    private const int MaxLength = 64; // longer input is no typing error, and the distance costs length²

    /// <summary>The nearest known name, or null when none is near: a third of the longer name may differ.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        if (name.Length > MaxLength)
        {
            return null;
        }

        string? nearest = null;
        var least = int.MaxValue;
        foreach (var candidate in known)
        {
            if (candidate.Length > MaxLength)
            {
                continue;
            }

            var distance = Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < least && distance <= Math.Max(1, Math.Max(name.Length, candidate.Length) / 3))
            {
                (nearest, least) = (candidate, distance);
            }
        }

        return nearest;
    }

    // Optimal string alignment; three rows are enough.
    private static int Distance(string a, string b)
    {
        var twoAbove = new int[b.Length + 1];
        var above = new int[b.Length + 1];
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            above[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, 1 + Math.Min(above[j], row[j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], twoAbove[j - 2] + 1);
                }
            }

            (twoAbove, above, row) = (above, row, twoAbove);
        }

        return above[b.Length];
    }
}
