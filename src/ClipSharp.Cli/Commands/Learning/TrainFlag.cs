using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClipSharp.Cli.Parsing;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary>A flag that is a member of a recipe.</summary>
/// <param name="Option">As it is typed; its name with underscores is the member.</param>
/// <param name="Value">The member's value on a command line; null = not given.</param>
internal sealed record TrainFlag(Option Option, Func<ParseResult, JsonNode?> Value)
{
    public static TrainFlag Text(string name, string description)
    {
        var option = new Option<string>(name) { Description = description, HelpName = "text" };
        return new TrainFlag(option, parsed => parsed.GetValue(option));
    }

    public static TrainFlag Number(string name, string description)
    {
        var option = new Option<double?>(name)
        {
            Description = description,
            HelpName = "n",
            CustomParser = result =>
            {
                var text = result.Tokens.Single().Value;
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    && double.IsFinite(number))
                {
                    return number;
                }

                result.AddError($"{name} takes a number, not {text}.");
                return null;
            },
        };

        // Whole numbers stay whole in JSON: 32.0 is no batch size.
        return new TrainFlag(option, parsed => parsed.GetValue(option) is not { } number ? null
            : number == Math.Floor(number) && Math.Abs(number) < 1e15 ? JsonValue.Create((long)number)
                : JsonValue.Create(number));
    }

    public static TrainFlag Numbers(string name, string description)
    {
        var option = new Option<double[]>(name)
        {
            Description = description,
            HelpName = "n",
            AllowMultipleArgumentsPerToken = true,
        };

        // What is no number in JSON becomes one that is refused.
        return new TrainFlag(option, parsed => parsed.GetValue(option) is not { Length: > 0 } numbers ? null
            : new JsonArray([.. numbers.Select(number => JsonValue.Create(double.IsFinite(number) ? number : -1))]));
    }

    public static TrainFlag Extent(string name, string description)
    {
        var option = ExtentOption.Create(name, description);
        return new TrainFlag(option, parsed => parsed.GetValue(option) is not { } size ? null
            : size.IsSquare ? JsonValue.Create(size.Height)
            : new JsonArray(size.Height, size.Width));
    }

    public static TrainFlag NumberOr(string word, string name, string description)
    {
        var option = new Option<string>(name) { Description = description, HelpName = $"n|{word}" };
        return new TrainFlag(option, parsed => parsed.GetValue(option) is not { } text ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? JsonValue.Create(number)
            : JsonValue.Create(text));
    }

    public static TrainFlag Words(string name, string description)
    {
        var option = new Option<string[]>(name)
        {
            Description = description,
            HelpName = "name",
            AllowMultipleArgumentsPerToken = true,
        };
        return new TrainFlag(option, parsed => parsed.GetValue(option) is not { Length: > 0 } words ? null
            : new JsonArray([.. words.Select(word => JsonValue.Create(word))]));
    }

    public static TrainFlag Switch(string name, string description)
    {
        var option = new Option<bool>(name) { Description = description };
        return new TrainFlag(option, parsed => parsed.GetResult(option) is { Implicit: false }
            ? JsonValue.Create(parsed.GetValue(option))
            : null);
    }

    public static TrainFlag Settings(string name, string description)
    {
        var option = new Option<string[]>(name)
        {
            Description = description,
            HelpName = "k=v",
            AllowMultipleArgumentsPerToken = true,
        };
        return new TrainFlag(option,
            parsed => parsed.GetValue(option) is not { Length: > 0 } pairs ? null : Members(name, pairs));
    }

    public void Overlay(ParseResult parsed, JsonObject merged)
    {
        if (Value(parsed) is not { } value)
        {
            return;
        }

        var member = Option.Name.TrimStart('-').Replace('-', '_');
        if (value is JsonObject settings && merged[member] is JsonObject existing)
        {
            foreach (var (key, setting) in settings.ToList())
            {
                existing[key] = setting?.DeepClone();
            }
        }
        else
        {
            merged[member] = value;
        }
    }

    private static JsonObject Members(string name, string[] pairs)
    {
        var members = new JsonObject();
        foreach (var pair in pairs)
        {
            if (pair.Split('=', 2) is not [var key, var value])
            {
                throw new ClipException(ClipError.Usage, "A setting has no value", name, pair, "key=value",
                    "Write it as scale=[0.5,1].");
            }

            members[key] = Parse(value);
        }

        return members;
    }

    // A JSON value where it is one, or a list in Python's brackets as open_clip's users write it; else a text:
    // background=white needs no quotes.
    private static JsonNode? Parse(string value)
    {
        try
        {
            return value == "None" ? null : JsonNode.Parse(value is ['(', .. var items, ')'] ? $"[{items}]" : value);
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }
}
