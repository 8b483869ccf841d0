using System.Text.Json;
using ClipSharp.Cli.Reports.Charts;

namespace ClipSharp.Cli.Reports;

/// <summary>The curves of a run, from its <c>metrics.jsonl</c>: lines such as <c>{"step":1,"loss":5.5,"lr":0.001}</c> and
/// <c>{"step":1,"eval":{"name":0.5}}</c>.</summary>
/// <param name="Train">Values of training by name.</param>
/// <param name="Evaluations">Values of evaluations by name.</param>
internal sealed record RunHistory(
    IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> Train, IReadOnlyDictionary<string,
    IReadOnlyList<CurvePoint>> Evaluations)
{
    /// <summary>Reads the curves. Where a resumed run repeats steps, the later lines hold; a last line cut off by a crash is left
    /// out, and so are values that are no numbers.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ClipException">It cannot be read, or a line is no JSON object with a step.</exception>
    public static RunHistory Read(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClipException(ClipError.NoInput, "The run has no curves", path, e.Message,
                "a metrics.jsonl that can be read",
                "Give the folder of a run.", e);
        }

        var (train, evaluations) = (new Curves(), new Curves());
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length - 1; i++) // what follows the last line end is empty or cut off
        {
            if (!string.IsNullOrWhiteSpace(lines[i]))
            {
                Add(lines[i], train, evaluations, $"{path}, line {i + 1}");
            }
        }

        return new RunHistory(train.Result(), evaluations.Result());
    }

    private static void Add(string line, Curves train, Curves evaluations, string where)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var step = document.RootElement.GetProperty("step").GetDouble();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.NameEquals("eval"))
                {
                    foreach (var value in member.Value.EnumerateObject())
                    {
                        evaluations.Add(value, step);
                    }
                }
                else if (!member.NameEquals("step"))
                {
                    train.Add(member, step);
                }
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ClipException(ClipError.Data, "A line of the curves cannot be read", where, e.Message,
                "a JSON object with a step", "Remove the line, or take the file from the run again.", e);
        }
    }

    private sealed class Curves
    {
        private readonly OrderedDictionary<string, List<CurvePoint>> _points = [];

        public void Add(JsonProperty member, double step)
        {
            if (member.Value.ValueKind != JsonValueKind.Number || !double.IsFinite(member.Value.GetDouble()))
            {
                return;
            }

            if (!_points.TryGetValue(member.Name, out var curve))
            {
                _points.Add(member.Name, curve = []);
            }

            while (curve.Count > 0 && curve[^1].Step >= step)
            {
                curve.RemoveAt(curve.Count - 1);
            }

            curve.Add(new CurvePoint(step, member.Value.GetDouble()));
        }

        public OrderedDictionary<string, IReadOnlyList<CurvePoint>> Result() =>
            new(_points.Select(p => KeyValuePair.Create<string, IReadOnlyList<CurvePoint>>(p.Key, p.Value)));
    }
}
