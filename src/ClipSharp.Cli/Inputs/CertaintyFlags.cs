using System.CommandLine;
using ClipSharp.Evaluation.Calibration;

namespace ClipSharp.Cli.Inputs;

/// <summary>The options of <see cref="NamingCertainty"/>.</summary>
internal sealed class CertaintyFlags
{
    private readonly Option<double?> _noneBelow = new("--none-below")
    {
        Description = "A picture whose best probability is below this is none of these.",
        HelpName = "p",
    };

    private readonly Option<double?> _temperature = new("--temperature")
    {
        Description = "Divide logits by this: above 1 the model is less sure. [default: 1]",
        HelpName = "t",
    };

    private readonly Option<string?> _calibration = new("--calibration")
    {
        Description = "Take both from the result of eval --task calibration with this model and these names.",
        HelpName = "file",
    };

    private readonly Option<bool> _softmax = new("--softmax")
    {
        Description = "Choose among the names, of a sigmoid model (SigLIP) too, which else says of each by itself whether it applies.",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_noneBelow, _temperature, _calibration, _softmax])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What was asked for; a number that is typed comes before the file's.</summary>
    /// <exception cref="ClipException">A number is out of range, or the file is no calibration.</exception>
    public NamingCertainty Bind(ParseResult parsed)
    {
        var (threshold, temperature) = (parsed.GetValue(_noneBelow), parsed.GetValue(_temperature));
        Require(threshold is null or (>= 0 and <= 1), "--none-below", threshold, "a probability, 0 to 1");
        Require(temperature is null or (> 0 and < double.PositiveInfinity), "--temperature", temperature, "a number above 0");
        var calibration = parsed.GetValue(_calibration) is { } path ? NamingCalibration.Read(path) : null;
        return new NamingCertainty(temperature ?? calibration?.Temperature ?? 1, threshold ?? calibration?.NoneBelow,
            calibration, parsed.GetValue(_softmax));
    }

    private static void Require(bool holds, string option, double? found, string expected)
    {
        if (!holds)
        {
            throw new ClipException(ClipError.Usage, "An option is out of range", option,
                FormattableString.Invariant($"{found}"), expected, "Leave it out for the usual value.");
        }
    }
}
