/**
 * The sentences that a run records in English by itself, and the same in Chinese. As with gettext the original text is the key:
 * what is signed stays as it was written, and reports of earlier releases are translated as well. Parameters stand in braces.
 */
export const SENTENCES: readonly (readonly [english: string, chinese: string])[] = [
  // What a run does not prove
  [
    'The human response: nobody was alarmed, nobody decided, nobody took the service over. Respond, plan and handover were not measured.',
    '人员响应：没有人接到告警，没有人作出决定，也没有人接管业务系统。响应、制定方案和移交均未测量。',
  ],
  [
    'Physical replacement: no failed device was found, taken out or replaced by a spare.',
    '实物更换：没有查找、拆下故障设备，也没有换上备件。',
  ],
  [
    'The loss of this host: the restore ran on the machine that also runs the live service.',
    '本机损毁：恢复是在同时运行生产服务的机器上进行的。',
  ],
  ['The handover: nobody took the service over, and nobody measured it.', '移交：没有人接管业务系统，也没有测量移交。'],
  [
    'Any recovery: spares and seats were held and given back, and nothing was restored.',
    '任何恢复：只是占用并归还了备件和席位，没有恢复任何数据。',
  ],
  [
    'That the service can be recovered: a recovery for a real incident is no drill, and counts as none.',
    '业务系统可以恢复：针对真实事件的恢复不是演练，也不计为演练。',
  ],
  [
    'The way back into service: what was restored lies in the sandbox, and nobody measured how it was taken over.',
    '重新投入服务的过程：恢复的数据位于沙箱中，没有测量它是如何被接管的。',
  ],
  [
    'That {count} of the spares lie where the register says: nobody scanned them during the run.',
    '{count} 件备件确实在登记的位置：运行期间没有人扫描它们。',
  ],
  ['example targets, not your commitment', '示例目标，并非贵方的承诺'],
  [
    'The step {step}. It failed, and the run went on without it.',
    '步骤 {step}。该步骤失败，运行在没有它的情况下继续。',
  ],
  [
    'The recovery as its definition has it: the parameter {name} was {value}, and is {usual} otherwise.',
    '按定义进行的恢复：参数 {name} 本次为 {value}，通常为 {usual}。',
  ],
  // What a reader must know besides the figures
  [
    'The backup lies on the same disk as the data: what kills the disk takes both.',
    '备份与数据在同一块磁盘上：磁盘损坏会同时毁掉两者。',
  ],
  // What a recovery asks people by itself
  [
    'Say whether the step {step} may be carried out: it may change what was restored.',
    '请确认是否可以执行步骤 {step}：它可能更改已恢复的数据。',
  ],
  [
    'Say whether the step {step} may be carried out: it can do whatever Muster can.',
    '请确认是否可以执行步骤 {step}：它拥有与 Muster 相同的权限。',
  ],
  [
    'Say whether the step {step} may be carried out: it reaches out of this machine.',
    '请确认是否可以执行步骤 {step}：它会访问本机以外的系统。',
  ],
  // Why a target was not measured
  ['no person took part', '没有人员参与'],
  ['no data was restored and validated', '没有数据被恢复并通过验证'],
  ['technical RTA: from the trigger to validated', '技术 RTA：从触发到验证完成'],
  ['tighter than the policy, which promises {duration}', '比服务级别策略更严，策略承诺的是 {duration}'],
  // The verdict about the procedure, and what was short
  ['failed on the way, and the run went on: {reason}', '途中失败，运行继续：{reason}'],
  ['nobody filled the required role {role}', '必需的角色 {role} 无人担任'],
  ['the run was aborted: {reason}', '运行已取消：{reason}'],
  ['the run was interrupted: {reason}', '运行已中断：{reason}'],
  [
    'availability only: nothing was restored, and no recovery is proven',
    '仅检查可用性：没有恢复任何数据，不证明任何恢复',
  ],
  ['the run failed', '运行失败'],
  ['the drill failed', '演练失败'],
  ['the restored data was not validated', '恢复的数据未经验证'],
  ['the restored data did not validate', '恢复的数据未通过验证'],
  ['restored and validated, but {shortfalls}', '已恢复并通过验证，但是{shortfalls}'],
  ['restored and validated inside the required targets ({targets})', '在必须达到的目标（{targets}）内恢复并通过验证'],
  ['{target} was not measured ({note})', '{target}未测量（{note}）'],
  ['{target} was not measured', '{target}未测量'],
  ['{target} took {actual}, {over} over the target of {limit}', '{target}用时 {actual}，超出目标 {limit} 达 {over}'],
  // The verdict about the availability
  ['the run did not get as far as the backup', '运行没有进行到备份这一步'],
  ['the backup was there and sound', '备份存在且完好'],
  ['not there in sound form: {finding}', '没有完好的备份：{finding}'],
  ['the drill declares no spares and no seats', '演练没有声明备件和席位'],
  ['no spares and no seats declared', '没有声明备件和席位'],
  ['the run did not get as far as the spares and seats', '运行没有进行到备件和席位这一步'],
  ['the service needs no spares and no seats', '业务系统不需要备件和席位'],
  [
    'held: {spares} ({sighted} sighted, {unseen} on record only) and {seats}',
    '已占用：{spares}（{sighted} 件现场确认，{unseen} 件仅有记录）和 {seats}',
  ],
  [
    'held: {spares} ({sighted} sighted, {unseen} on record only) and {seats}, {count} of these from the emergency reserve',
    '已占用：{spares}（{sighted} 件现场确认，{unseen} 件仅有记录）和 {seats}，其中 {count} 件来自应急储备',
  ],
  ['{count} spare', '{count} 件备件'],
  ['{count} spares', '{count} 件备件'],
  ['{count} seat', '{count} 个席位'],
  ['{count} seats', '{count} 个席位'],
  ['not there: {things}', '缺少：{things}'],
  ['the hold ended before the run did: {things}', '占用在运行结束前到期：{things}'],
  ['on record only, and not seen within {days} days: {things}', '仅有记录，且 {days} 天内没有人见过实物：{things}'],
  ['an emergency took what the drill held: {things}', '紧急事件征用了演练占用的资源：{things}'],
  ['something was not there', '有资源缺失'],
  // How a run ended
  ['the process that carried it out went away', '执行演练的进程消失了'],
  [
    'the process that carried it out went away; the last phase that had begun was {phase}',
    '执行演练的进程消失了；最后开始的阶段是{phase}',
  ],
  ['cancelled by {name}', '由 {name} 取消'],
  ['cancelled by {name} before it began', '开始之前由 {name} 取消'],
  ['no worker took the run within {duration}', '{duration}内没有工作进程接手运行'],
  ['the lease of the run ran out', '运行的租约已到期'],
  ['stopped from outside: {reason}', '被外部停止：{reason}'],
  ['The step {step} took longer than its {seconds} seconds', '步骤 {step} 超过了 {seconds} 秒的时限'],
  // What became of phases and of the clean-up
  ['not measured: the run was unattended', '未测量：运行时无人参与'],
  ['not measured: nobody took the service over', '未测量：没有人接管业务系统'],
  ['not carried out: availability only', '未执行：仅检查可用性'],
  ['interrupted; timed up to the last sign of life, by the wall clock', '已中断；按系统时钟计时到最后一次活动'],
  ['the run did not get that far', '运行没有进行到这一步'],
  ['its phase ended early: the log says how far it got', '所在阶段提前结束：进行到哪里见日志'],
  ['its phase was not carried out', '所在阶段没有执行'],
  ['applies to drills only', '仅适用于演练'],
  ['applies to recoveries only', '仅适用于真实恢复'],
  ['what is lost in the scenario', '场景中丢失的资源'],
  ['{count} lines held', '已占用 {count} 项'],
  ['recovery point {name} of {instant} ({size})', '恢复点 {name}，时间 {instant}（{size}）'],
  ['{checks} checks passed', '{checks} 项检查通过'],
  ['{equal} of {compared} tables, {rows} rows', '{compared} 个数据表中的 {equal} 个，共 {rows} 行'],
  ['{equal} of {compared} tables', '{compared} 个数据表中的 {equal} 个'],
  ['every lost table back', '所有丢失的数据表均已恢复'],
  ['{back} of {all} lost tables back', '{all} 个丢失的数据表中恢复了 {back} 个'],
  ['no such table', '没有这个数据表'],
  ['{rows} row, fingerprint {fingerprint}', '{rows} 行，指纹 {fingerprint}'],
  ['{rows} rows, fingerprint {fingerprint}', '{rows} 行，指纹 {fingerprint}'],
  ['opens with the exported key', '能用导出的密钥打开'],
  ['opens with key {key}', '能用密钥 {key} 打开'],
  ['server stopped, sandbox removed', '临时服务器已停止，沙箱已删除'],
  ['the clean-up step {step} failed: {reason}', '清理步骤 {step} 失败：{reason}'],
  ['it took longer than its {seconds} seconds', '超过了 {seconds} 秒的时限'],
  ['it was left out: the log says why', '没有执行：原因见日志'],
  ['nothing had been made', '没有创建任何东西'],
  [
    'server stopped, sandbox kept until {instant} on host {host} in {directory} ({size})',
    '临时服务器已停止，沙箱在主机 {host} 的 {directory} 中保留到 {instant}（{size}）',
  ],
  [
    'kept until {instant} on host {host} in {directory} ({size})',
    '在主机 {host} 的 {directory} 中保留到 {instant}（{size}）',
  ],
  [
    'server stopped, sandbox removed, not kept: another run needs {needed} and {free} are free',
    '临时服务器已停止，沙箱已删除，未保留：再次运行需要 {needed}，可用空间为 {free}',
  ],
  [
    'what was restored stays on host {host} in {directory} ({size}) until a person discards it',
    '恢复的数据保留在主机 {host} 的 {directory} 中（{size}），直到有人将其丢弃',
  ],
  [
    'server stopped, what was restored stays on host {host} in {directory} ({size}) until a person discards it',
    '临时服务器已停止，恢复的数据保留在主机 {host} 的 {directory} 中（{size}），直到有人将其丢弃',
  ],
  ['kept after the recovery, and discarded by a person since', '恢复后保留，之后已由人员丢弃'],
  ['not kept: another run needs {needed} and {free} are free', '未保留：再次运行需要 {needed}，可用空间为 {free}'],
  ['removed after the interruption', '已在中断后清除'],
  ['left on host {host}, which removes it when it is back', '留在主机 {host} 上，该主机恢复后会清除'],
  ['left on host {host}, which keeps it when it is back', '留在主机 {host} 上，该主机恢复后会继续保留'],
  ['the drill left something behind', '演练留下了残余'],
];
