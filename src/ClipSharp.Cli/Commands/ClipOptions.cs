using System.CommandLine;

namespace ClipSharp.Cli.Commands;

/// <summary>The options by which a command gets its model, and the loading.</summary>
/// <param name="load">From model folder, device and precision to a model.</param>
internal sealed class ClipOptions(Func<string, string, string, Clip> load)
{
    private readonly Option<string> _model = SharedOptions.Model();
    private readonly Option<string> _device = SharedOptions.Device();
    private readonly Option<string> _precision = new("--precision")
    {
        Description = "Number format of the towers: auto, fp32 or bf16.",
        HelpName = "name",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary>Adds the options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_model);
        command.Options.Add(_device);
        command.Options.Add(_precision);
    }

    /// <summary>The folder as the user wrote it.</summary>
    public string Path(ParseResult parsed) => parsed.GetValue(_model)!;

    /// <summary>Loads the model.</summary>
    public Clip Load(ParseResult parsed) => load(Path(parsed), parsed.GetValue(_device)!, parsed.GetValue(_precision)!);
}
