using System.CommandLine;
using System.Text.RegularExpressions;
using ClipSharp.Files;

namespace ClipSharp.Benchmarks.Suite;

/// <summary><c>report FILE.json DOCUMENT.md</c>: puts the tables of a run between <c>&lt;!-- benchmark:NAME --&gt;</c> and
/// <c>&lt;!-- /benchmark:NAME --&gt;</c>. Parts that the run left out keep what they have.</summary>
internal static partial class ReportCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "What suite --json wrote." };
        var document = new Argument<string>("document") { Description = "The document with the markers." };
        var command = new Command("report", "Write the tables of a run of the suite into a document.") { file, document };
        command.SetAction(parsed => Run(parsed.GetValue(file)!, parsed.GetValue(document)!));
        return command;
    }

    private static int Run(string file, string document)
    {
        var (report, lines) = (SuiteReport.Read(file), File.ReadAllLines(document));
        var (kept, open) = (new List<string>(), (string?)null);
        foreach (var (i, line) in lines.Index())
        {
            if (Marker().Match(line) is not { Success: true } marker)
            {
                if (open is null || SuiteTables.Markdown(report, open) is null)
                {
                    kept.Add(line);
                }

                continue;
            }

            var (closes, name) = (marker.Groups[1].Length > 0, marker.Groups[2].Value);
            if (closes ? open != name : open is not null)
            {
                return Refuse($"{document}:{i + 1}: the marker of {(closes ? name : open)} lacks its partner");
            }

            open = closes ? null : name;
            kept.Add(line);
            if (!closes && SuiteTables.Markdown(report, name) is { } table)
            {
                kept.AddRange(["", .. table.Split('\n'), ""]);
            }
        }

        if (open is not null)
        {
            return Refuse($"{document}: the marker of {open} lacks its partner");
        }

        AtomicFile.WriteText(document, string.Join('\n', kept) + "\n");
        return 0;
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return 65;
    }

    [GeneratedRegex(@"^<!-- (/?)benchmark:(\w+) -->$")]
    private static partial Regex Marker();
}
