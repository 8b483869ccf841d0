using System.CommandLine;
using System.CommandLine.Invocation;
using ClipSharp.Cli.Parsing;
using ClipSharp.Cli.Rendering;
using ClipSharp.Host;

namespace ClipSharp.Cli;

/// <summary>One run of the command line: parse, act, turn whatever went wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    // Without response files: a label may begin with "@". Without bundles: -ab is no -a -b.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    /// <returns>The exit code: 0, 128 + signal, or a code of sysexits.h.</returns>
    public static async Task<int> Run(RootCommand root, string[] arguments, TextWriter output, TextWriter error)
    {
        var typed = TypedCommandLine.Read(root, arguments);
        if (typed.Faults.Count > 0)
        {
            return UsageError.Render(typed.Command, typed.Faults, error);
        }

        var parsed = root.Parse(typed.Arguments, Parser);
        var faults = parsed.Action is ParseErrorAction ? UsageError.Faults(parsed)
            : ReferenceEquals(parsed.Action, typed.Command.Action) ? CommandRules.Faults(parsed)
            : [];
        if (faults.Count > 0)
        {
            return UsageError.Render(parsed.CommandResult.Command, faults, error);
        }

        if (typed.Note is not null)
        {
            error.WriteLine(Styled.Plain(typed.Note));
        }

        // System.CommandLine would print stack traces and cut off a run that saves its state after a signal.
        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        using var interrupt = new Interrupt(parsed.Action is AsynchronousCommandLineAction, TimeProvider.System, ProcessEnd.Now);
        try
        {
            return await parsed.InvokeAsync(invocation, interrupt.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // the outermost place: everything becomes an exit code
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Failure.Render(e, parsed.GetValue(CommandTree.Debug), interrupt.ExitCode, error);
        }
    }
}
