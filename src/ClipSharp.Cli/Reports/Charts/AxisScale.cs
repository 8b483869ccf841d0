namespace ClipSharp.Cli.Reports.Charts;

/// <summary>What takes equal room on an axis.</summary>
internal enum AxisScale
{
    /// <summary>Equal differences.</summary>
    Linear,

    /// <summary>Equal ratios.</summary>
    Logarithmic,

    /// <summary>Equal ratios of the odds: 1 % and 10 % are as far apart as 90 % and 99 %.</summary>
    Logit,
}
