using System.Reflection;
using System.Reflection.Emit;

namespace ClipSharp.Cli.Tests.Architecture;

/// <summary>The types a type mentions: base, interfaces, attributes aside; signatures, fields, locals and every member its
/// code touches.</summary>
internal static class TypeReferences
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodes = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    public static IReadOnlySet<Type> Of(Type type)
    {
        var found = new HashSet<Type>();
        Add(found, type.BaseType);
        Add(found, type.GetInterfaces());
        Add(found, type.GetFields(Declared).Select(field => field.FieldType));
        foreach (var method in type.GetMembers(Declared).OfType<MethodBase>())
        {
            Add(found, (method as MethodInfo)?.ReturnType);
            Add(found, method.GetParameters().Select(parameter => parameter.ParameterType));
            if (method.GetMethodBody() is { } body)
            {
                Add(found, body.LocalVariables.Select(local => local.LocalType));
                AddCode(found, method, body.GetILAsByteArray()!);
            }
        }

        return found;
    }

    private static void AddCode(HashSet<Type> found, MethodBase method, byte[] code)
    {
        Type[]? typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var isLong = code[at] == 0xFE;
            var opCode = OpCodes[isLong ? (short)(0xFE00 | code[at + 1]) : code[at]];
            at += isLong ? 2 : 1;
            switch (opCode.OperandType)
            {
                case OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok:
                    var member = method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments);
                    Add(found, member as Type ?? member!.DeclaringType);
                    Add(found, (member as MethodInfo)?.GetGenericArguments() ?? []);
                    at += 4;
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineVar:
                    at += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    at += 8;
                    break;
                case OperandType.InlineSwitch:
                    at += 4 + (4 * BitConverter.ToInt32(code, at));
                    break;
                default:
                    at += 4;
                    break;
            }
        }
    }

    private static void Add(HashSet<Type> found, IEnumerable<Type> types)
    {
        foreach (var type in types)
        {
            Add(found, type);
        }
    }

    private static void Add(HashSet<Type> found, Type? type)
    {
        if (type is null || type.IsGenericParameter)
        {
            return;
        }

        if (type.HasElementType)
        {
            Add(found, type.GetElementType());
        }
        else if (type.IsGenericType)
        {
            found.Add(type.GetGenericTypeDefinition());
            Add(found, type.GetGenericArguments());
        }
        else
        {
            found.Add(type);
        }
    }
}
