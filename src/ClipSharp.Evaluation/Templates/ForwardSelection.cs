namespace ClipSharp.Evaluation.Templates;

/// <summary>Greedy selection of templates: each step adds the one that helps most, as OpenAI's notebook found 7 of its 80. It
/// sees differences that are chance: what was selected is to be measured on other pictures.</summary>
public static class ForwardSelection
{
    /// <summary>Selects.</summary>
    /// <param name="count">T.</param>
    /// <param name="value">What some templates give together, the higher the better; of equal ones the first is
    /// taken.</param>
    /// <param name="steps">How many steps, whether they help or not; null = while they help.</param>
    /// <param name="progress">Told the step from 1 on, and how many of its candidates are done.</param>
    public static IReadOnlyList<TemplateStep> Run(int count, Func<IReadOnlyList<int>, double> value, int? steps = null,
        Action<int, int>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentNullException.ThrowIfNull(value);
        var path = new List<TemplateStep>();
        while (path.Count < Math.Min(steps ?? count, count))
        {
            int[] chosen = [.. path.Select(step => step.Template)];
            TemplateStep? best = null;
            foreach (var (tried, candidate) in Enumerable.Range(0, count).Except(chosen).Index())
            {
                progress?.Invoke(path.Count + 1, tried);
                var reached = value([.. chosen, candidate]);
                best = best is { } known && known.Value >= reached ? known : new TemplateStep(candidate, reached);
            }

            if (steps is null && path is [.., var last] && best!.Value.Value <= last.Value)
            {
                break;
            }

            path.Add(best!.Value);
        }

        return path;
    }

    /// <summary>How many of its steps a path needs to come to its highest value.</summary>
    public static int Peak(IReadOnlyList<TemplateStep> path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Count == 0 ? 0 : path.Index().MaxBy(step => step.Item.Value).Index + 1; // of equal ones the first
    }
}
