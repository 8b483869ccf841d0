using System.CommandLine;

namespace ClipSharp.Cli.Commands;

/// <summary>Commands about data sets.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Make data sets and look into them.")
    {
        DataInspectCommand.Create(),
        DataIndexCommand.Create(),
        DataSynthesizeCommand.Create(),
    };
}
