using System.CommandLine;
using ClipSharp.Cli.Inputs;

namespace ClipSharp.Cli.Rendering.Terminal;

/// <summary>How a terminal is given pictures.</summary>
internal enum TerminalPictures
{
    /// <summary>By what is known of the terminal from its environment; one that is not known is given none.</summary>
    Auto,

    /// <summary>kitty's graphics protocol.</summary>
    Kitty,

    /// <summary>DEC's sixels.</summary>
    Sixel,

    /// <summary>No pictures.</summary>
    None,
}

/// <summary>What terminals are known to show.</summary>
internal static class KnownTerminals
{
    private static readonly string[] KittyTerms = ["xterm-kitty", "xterm-ghostty"];
    private static readonly string[] KittyPrograms = ["ghostty"];
    private static readonly string[] SixelTerms = ["foot", "foot-extra", "mlterm", "yaft-256color", "contour"];
    private static readonly string[] SixelPrograms = ["WezTerm", "iTerm.app", "mintty", "contour"];

    /// <summary>The option <c>--pictures</c>.</summary>
    public static Option<string> Option() => new Option<string>("--pictures")
    {
        Description = "How a terminal shows thumbnails of what was found: auto uses kitty or sixel in terminals known to have them.",
        HelpName = "name",
        DefaultValueFactory = _ => Spelling.Of(TerminalPictures.Auto),
    }
        .OneOf(Spelling.Words<TerminalPictures>());

    /// <summary>What to give the terminal behind stdout.</summary>
    /// <param name="chosen">What was asked for.</param>
    /// <param name="variable">The environment: a name to its value or null.</param>
    public static TerminalPictures Of(TerminalPictures chosen, Func<string, string?> variable)
    {
        if (chosen != TerminalPictures.Auto)
        {
            return chosen;
        }

        var (term, program) = (variable("TERM") ?? "", variable("TERM_PROGRAM") ?? "");
        if (variable("TMUX") is not null || variable("STY") is not null)
        {
            return TerminalPictures.None; // tmux and screen pass nothing on, whatever terminal they are in
        }

        return variable("KITTY_WINDOW_ID") is not null || KittyTerms.Contains(term) || KittyPrograms.Contains(program)
            ? TerminalPictures.Kitty
            : SixelTerms.Contains(term) || SixelPrograms.Contains(program) ? TerminalPictures.Sixel : TerminalPictures.None;
    }
}
