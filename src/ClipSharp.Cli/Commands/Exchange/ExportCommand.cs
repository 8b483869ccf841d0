using System.CommandLine;

namespace ClipSharp.Cli.Commands.Exchange;

/// <summary>Models for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create() => new("export", "Write a model for other programs.") { ExportOnnxCommand.Create() };
}
