using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;

namespace ClipSharp.Cli.Parsing;

/// <summary>A command line as it was typed, brought into this program's spelling before it is parsed, with what the parser would
/// swallow: it takes an unknown option for one more picture or text, and says nothing.</summary>
/// <param name="Command">The command that is meant.</param>
/// <param name="Arguments">What to parse.</param>
/// <param name="Faults">What cannot be understood, a sentence each; empty when all can.</param>
/// <param name="Note">What was left out or read in another way, or null.</param>
internal sealed partial record TypedCommandLine(Command Command, IReadOnlyList<string> Arguments, IReadOnlyList<string> Faults,
    string? Note)
{
    // Names of other tools for the same thing, and an older one of ours.
    private static readonly Dictionary<string, string> Renamed = new()
    {
        ["--out"] = "--output",
        ["--output-folder"] = "--output",
        ["--input-dataset"] = "--images",
    };

    /// <summary>Reads a command line.</summary>
    /// <param name="root">All commands.</param>
    /// <param name="typed">What the shell passed on.</param>
    public static TypedCommandLine Read(RootCommand root, IReadOnlyList<string> typed)
    {
        typed = typed switch
        {
            [] or ["help"] => ["--help"],
            ["help", ..] => [.. typed.Skip(1), "--help"],
            ["version"] or ["-v"] or ["-V"] => ["--version"],
            _ => typed,
        };
        var command = Find(root, typed, out var unknown);
        if (unknown is not null)
        {
            var names = command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
            return new TypedCommandLine(command, typed, [$"unknown command {unknown}.{DidYouMean(unknown, names)}"], Note: null);
        }

        var reading = new Reading(command);
        foreach (var (i, argument) in typed.Index())
        {
            if (argument == "--")
            {
                reading.TakeRest(typed.Skip(i));
                break;
            }

            reading.Take(argument);
        }

        return reading.Finish();
    }

    // The first words name it; options may stand between them. Where a command also works by itself, as eval does beside eval
    // build, the next word names one below only directly behind it: behind an option it is that one's value.
    private static Command Find(Command root, IReadOnlyList<string> typed, out string? unknown)
    {
        var command = root;
        unknown = null;
        foreach (var (place, word) in typed.TakeWhile(argument => argument != "--").Index()
            .Where(argument => !argument.Item.StartsWith('-')))
        {
            // behind a command that does something itself, words are values unless the first is a command below it
            if (command.Subcommands.Count == 0 || (command.Action is not null && (place == 0
                || typed[place - 1] != command.Name || command.Subcommands.All(below => below.Name != word))))
            {
                break;
            }

            if (command.Subcommands.FirstOrDefault(c => c.Name == word || c.Aliases.Contains(word)) is not { } below)
            {
                unknown = command.Action is null ? word : null;
                break;
            }

            command = below;
        }

        return command;
    }

    private static string DidYouMean(string name, IEnumerable<string> known) =>
        NearestName.Of(name, known) is { } near ? $" Did you mean {near}?" : "";

    // A name, and a value that may be joined to it. Numbers, texts with blanks and file names are none.
    [GeneratedRegex(@"^(--?[A-Za-z][A-Za-z0-9_-]*)([=:].*)?$", RegexOptions.Singleline)]
    private static partial Regex OptionShape();

    /// <summary>The walk through the arguments of a command.</summary>
    private sealed class Reading(Command command)
    {
        private readonly Dictionary<string, Option> _known = Known(command);
        private readonly Dictionary<Option, int> _counts = [];
        private readonly List<string> _arguments = [];
        private readonly List<string> _faults = [];
        private readonly List<(string Typed, ForeignFlag Flag, List<string> Values)> _foreign = [];
        private bool _isInForeign;
        private bool _isInSize;

        public void Take(string argument)
        {
            if (OptionShape().Match(argument) is not { Success: true } match)
            {
                TakeValue(argument);
                return;
            }

            var (name, joined) = (match.Groups[1].Value, match.Groups[2].Value);
            (_isInForeign, _isInSize) = (false, false);
            if (Spelled(name) is { } spelled)
            {
                var option = _known[spelled];
                _counts[option] = _counts.GetValueOrDefault(option) + 1;
                _isInSize = joined.Length == 0 && ExtentOption.Is(option);
                _arguments.Add(joined.Length == 0 ? spelled : spelled + joined);
            }
            else if (ForeignFlags.Find(command, name) is { } flag)
            {
                _foreign.Add((name, flag, joined.Length == 0 ? [] : [joined[1..]]));
                _isInForeign = joined.Length == 0 && flag.Values > 0;
            }
            else
            {
                // One letter is near any other.
                var near = name.Length == 2
                    ? ""
                    : DidYouMean(name, _known.Where(pair => !pair.Value.Hidden).Select(pair => pair.Key));
                _faults.Add($"unknown option {name}."
                    + (near.Length > 0 ? near : $" A value that begins with a dash is written --option={argument}."));
            }
        }

        public void TakeRest(IEnumerable<string> arguments) => _arguments.AddRange(arguments);

        public TypedCommandLine Finish()
        {
            var repeated = _counts.Where(pair => pair.Value > 1 && IsSingle(pair.Key))
                .Select(pair => $"{pair.Key.Name} was given {Times(pair.Value)}; it takes one value.");
            var isRefused = _foreign.ToLookup(found => found.Flag.IsRefused(found.Values));
            var refused = isRefused[true].Select(found => $"{found.Typed} is not an option here: {found.Flag.Instead}.");
            var left = isRefused[false].Select(found => string.Join(' ', [found.Typed, .. found.Values])).ToList();
            return new TypedCommandLine(command, _arguments, [.. _faults, .. refused, .. repeated],
                left.Count > 0 ? $"left out, as it changes nothing here: {string.Join(", ", left)} (docs/differences.md)" : null);
        }

        private void TakeValue(string argument)
        {
            if (_isInForeign && _foreign[^1] is var (_, flag, values) && values.Count < flag.Values)
            {
                values.Add(argument);
                return;
            }

            if (_isInSize && ExtentOption.Joined(_arguments[^1], argument) is { } size)
            {
                (_arguments[^1], _isInSize) = (size, false);
                return;
            }

            _isInSize &= _arguments is [.., ['-', ..]]; // the first value may have a second
            _arguments.Add(argument);
        }

        // Options of Python's tools are spelt with underscores by some.
        private string? Spelled(string name)
        {
            var dashed = name.Length > 2 ? name.Replace('_', '-') : name;
            return _known.ContainsKey(name) ? name
                : _known.ContainsKey(dashed) ? dashed
                : Renamed.TryGetValue(dashed, out var renamed) && _known.ContainsKey(renamed) ? renamed
                : null;
        }

        private static bool IsSingle(Option option) => option is not HelpOption && !option.ValueType.IsArray;

        private static string Times(int count) => count == 2 ? "twice" : $"{count} times";

        // Those of the command, and the recursive ones of its parents.
        private static Dictionary<string, Option> Known(Command command)
        {
            var known = new Dictionary<string, Option>(StringComparer.Ordinal);
            for (var level = command; level is not null; level = level.Parents.OfType<Command>().FirstOrDefault())
            {
                foreach (var option in level.Options.Where(o => level == command || o.Recursive))
                {
                    foreach (var name in option.Aliases.Prepend(option.Name))
                    {
                        known.TryAdd(name, option);
                    }
                }
            }

            return known;
        }
    }
}
