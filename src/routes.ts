import { alertRoutes } from './alerts/alert.routes.ts';
import { alertRuleRoutes } from './alerts/alert-rule.routes.ts';
import { planReadinessRoutes } from './alerts/plans/plan-readiness.routes.ts';
import { responsePlanRoutes } from './alerts/plans/response-plan.routes.ts';
import { pushedSignalRoutes } from './alerts/pushed.routes.ts';
import { alertRouteRoutes } from './alerts/routing/alert-route.routes.ts';
import { escalationRoutes } from './alerts/routing/escalation.routes.ts';
import { suppressionRoutes } from './alerts/suppression.routes.ts';
import { allocateRoutes } from './allocations/allocate.routes.ts';
import { allocationListRoutes } from './allocations/allocation-list.routes.ts';
import { availabilityRoutes } from './allocations/availability.routes.ts';
import { holderRoutes } from './allocations/holder.routes.ts';
import { kitRoutes } from './allocations/kit.routes.ts';
import { lifecycleRoutes } from './allocations/lifecycle.routes.ts';
import { projectRoutes } from './allocations/project.routes.ts';
import { reservationRoutes } from './allocations/reservation.routes.ts';
import { scanRoutes } from './allocations/scan.routes.ts';
import { auditRoutes } from './audit/audit.routes.ts';
import { authRoutes } from './auth/auth.routes.ts';
import { personAccountRoutes } from './auth/person-account.routes.ts';
import { sessionRoutes } from './auth/session.routes.ts';
import { backupRoutes } from './backups/backup.routes.ts';
import { capturedSetRoutes } from './backups/capture/captured-set.routes.ts';
import { checkEventsRoutes } from './backups/external/check-events.routes.ts';
import { pingTokenRoutes } from './backups/external/ping-token.routes.ts';
import { reportRoutes } from './backups/external/report.routes.ts';
import { repositoryRoutes } from './backups/external/repository.routes.ts';
import { backupSetRoutes } from './backups/external/set.routes.ts';
import { verificationRoutes } from './backups/external/verification.routes.ts';
import { holdRoutes } from './backups/retention/hold.routes.ts';
import { retentionRoutes } from './backups/retention/retention.routes.ts';
import type { Dependencies } from './composition/dependencies.ts';
import { homeFacts } from './composition/home-facts.ts';
import { drillCalendarRoutes } from './drills/calendar.routes.ts';
import { drillRoutes } from './drills/drill.routes.ts';
import { drillPeopleRoutes } from './drills/drill-people.routes.ts';
import { evidenceRoutes } from './drills/evidence.routes.ts';
import { historyRoutes } from './drills/history.routes.ts';
import { keptRoutes } from './drills/kept.routes.ts';
import { liveRoutes } from './drills/live.routes.ts';
import { proofRoutes } from './drills/proof.routes.ts';
import type { Route } from './http/route.ts';
import { auditExportRoutes } from './imports/audit-export.routes.ts';
import { exportRoutes } from './imports/export.routes.ts';
import { importRoutes } from './imports/import.routes.ts';
import { importMappingRoutes } from './imports/import-mapping.routes.ts';
import { attainmentRoutes } from './incidents/attainment.routes.ts';
import { stageTimesRoutes } from './incidents/attainment-stage.routes.ts';
import { boardRoutes } from './incidents/board.routes.ts';
import { customerLinkRoutes } from './incidents/customer-link.routes.ts';
import { handlingRoutes } from './incidents/handling.routes.ts';
import { improvementActionRoutes } from './incidents/improvement-action.routes.ts';
import { incidentRoutes } from './incidents/incident.routes.ts';
import { incidentReviewRoutes } from './incidents/incident-review.routes.ts';
import { onSiteRoutes } from './incidents/on-site.routes.ts';
import { processReviewRoutes } from './incidents/process-review.routes.ts';
import { recordingRoutes } from './incidents/recording.routes.ts';
import { ruleRoutes } from './incidents/rule.routes.ts';
import { timelineRoutes } from './incidents/timeline.routes.ts';
import { categoryRoutes } from './inventory/category.routes.ts';
import { deviceModelRoutes } from './inventory/device-model.routes.ts';
import { fitRoutes } from './inventory/fit.routes.ts';
import { labelRoutes } from './inventory/label.routes.ts';
import { locationRoutes } from './inventory/location.routes.ts';
import { movementRoutes } from './inventory/movement.routes.ts';
import { partRoutes } from './inventory/part.routes.ts';
import { repairRoutes } from './inventory/repair.routes.ts';
import { replenishmentRoutes } from './inventory/replenishment.routes.ts';
import { stockRoutes } from './inventory/stock.routes.ts';
import { stocktakeRoutes } from './inventory/stocktake/stocktake.routes.ts';
import { stocktakeCountRoutes } from './inventory/stocktake/stocktake-count.routes.ts';
import { stocktakeProgressRoutes } from './inventory/stocktake/stocktake-progress.routes.ts';
import { unitRoutes } from './inventory/unit.routes.ts';
import { unitBulkRoutes } from './inventory/unit-bulk.routes.ts';
import { unitTestRoutes } from './inventory/unit-test.routes.ts';
import { entitlementRoutes } from './licences/entitlement.routes.ts';
import { expiryRoutes } from './licences/expiry.routes.ts';
import { installationRoutes } from './licences/installation.routes.ts';
import { licenceKeyRoutes } from './licences/licence-key.routes.ts';
import { licencePositionRoutes } from './licences/licence-position.routes.ts';
import { productRoutes } from './licences/product.routes.ts';
import { channelRoutes } from './notices/channels/channel.routes.ts';
import { deliveryRoutes } from './notices/channels/delivery.routes.ts';
import { noticeRoutes } from './notices/notices.routes.ts';
import { onCallRoutes } from './people/on-call.routes.ts';
import { participationRoutes } from './people/participation.routes.ts';
import { peopleRoutes } from './people/people.routes.ts';
import { profileRoutes } from './people/profile.routes.ts';
import { rotaRoutes } from './people/rota.routes.ts';
import { skillFieldRoutes } from './people/skill-field.routes.ts';
import { expiringRoutes } from './readiness/expiring.routes.ts';
import { overviewRoutes } from './readiness/overview.routes.ts';
import { readinessRoutes } from './readiness/readiness.routes.ts';
import { scheduleRoutes } from './scheduling/schedule.routes.ts';
import { coverageRoutes } from './services/coverage.routes.ts';
import { serviceRoutes } from './services/services.routes.ts';
import { signals } from './signals.ts';
import { breachCauseRoutes } from './sla/breach-cause.routes.ts';
import { businessTimeRoutes } from './sla/business-time.routes.ts';
import { calendarRoutes } from './sla/calendar.routes.ts';
import { caseEventRoutes } from './sla/case-event.routes.ts';
import { clockRoutes } from './sla/clock.routes.ts';
import { listedDayRoutes } from './sla/listed-day.routes.ts';
import { pauseRequestRoutes } from './sla/pause-request.routes.ts';
import { policyRoutes } from './sla/policy.routes.ts';
import { policyProposalRoutes } from './sla/policy-proposal.routes.ts';

/** What the routes' handlers need besides their request. */
export type RouteDependencies = Pick<
  Dependencies,
  | 'queue'
  | 'catalogue'
  | 'runner'
  | 'verifyAudit'
  | 'auditSealStatus'
  | 'verifyEvidence'
  | 'keyring'
  | 'delivery'
  | 'runtime'
>;

/** Every route of the API: the server and the OpenAPI document read this list. */
export const routes = ({
  queue,
  catalogue,
  runner,
  verifyAudit,
  auditSealStatus,
  verifyEvidence,
  keyring,
  delivery,
  runtime,
}: RouteDependencies): Route[] => [
  ...authRoutes(),
  ...sessionRoutes(),
  ...personAccountRoutes(),
  ...peopleRoutes(),
  ...policyRoutes(),
  ...policyProposalRoutes(),
  ...profileRoutes(),
  ...participationRoutes(),
  ...rotaRoutes(),
  ...onCallRoutes(),
  ...skillFieldRoutes(),
  ...calendarRoutes(),
  ...listedDayRoutes(),
  ...businessTimeRoutes(),
  ...clockRoutes(),
  ...pauseRequestRoutes(),
  ...caseEventRoutes(),
  ...breachCauseRoutes(),
  ...attainmentRoutes(),
  ...stageTimesRoutes(),
  ...improvementActionRoutes(),
  ...processReviewRoutes(),
  ...incidentReviewRoutes(),
  ...customerLinkRoutes(),
  ...serviceRoutes(),
  ...coverageRoutes(),
  ...projectRoutes(),
  ...kitRoutes(),
  ...holderRoutes(),
  ...locationRoutes(),
  ...categoryRoutes(),
  ...partRoutes(),
  ...deviceModelRoutes(),
  ...fitRoutes(),
  ...reservationRoutes(),
  ...allocateRoutes(),
  ...availabilityRoutes(),
  ...lifecycleRoutes(),
  ...allocationListRoutes(),
  ...scanRoutes(),
  ...unitRoutes(),
  ...unitTestRoutes(),
  ...unitBulkRoutes(),
  ...labelRoutes(),
  ...stockRoutes(),
  ...movementRoutes(),
  ...stocktakeRoutes(),
  ...stocktakeCountRoutes(),
  ...stocktakeProgressRoutes(),
  ...repairRoutes(),
  ...replenishmentRoutes(),
  ...importRoutes({ queue, bytesMax: () => runtime.config.importBytesMax }),
  ...importMappingRoutes(),
  ...exportRoutes(),
  ...repositoryRoutes({ queue, keyring }),
  ...backupSetRoutes({ queue }),
  ...capturedSetRoutes({ queue, keyring }),
  ...backupRoutes({ queue }),
  ...reportRoutes(),
  ...pingTokenRoutes(),
  ...verificationRoutes(runner),
  ...checkEventsRoutes(runner),
  ...retentionRoutes(),
  ...holdRoutes(),
  ...drillRoutes({ ...runner, catalogue, queue }),
  ...liveRoutes(runner),
  ...drillCalendarRoutes(),
  ...evidenceRoutes({ verify: verifyEvidence, keyring }),
  ...drillPeopleRoutes(),
  ...keptRoutes(),
  ...historyRoutes(catalogue),
  ...proofRoutes(catalogue),
  ...incidentRoutes(),
  ...boardRoutes(),
  ...recordingRoutes(),
  ...handlingRoutes(),
  ...ruleRoutes(),
  ...timelineRoutes(),
  ...onSiteRoutes({ catalogue, queue }),
  ...scheduleRoutes({ queue }),
  ...auditRoutes({ verify: verifyAudit, sealStatus: auditSealStatus }),
  ...auditExportRoutes(),
  ...responsePlanRoutes(),
  ...planReadinessRoutes(),
  ...alertRouteRoutes(),
  ...escalationRoutes(),
  ...noticeRoutes(),
  ...alertRoutes(),
  ...channelRoutes({ keyring, delivery }),
  ...deliveryRoutes(),
  ...suppressionRoutes(),
  ...pushedSignalRoutes(),
  ...alertRuleRoutes({ signals: () => signals({ runtime, catalogue }) }),
  ...productRoutes(),
  ...entitlementRoutes(),
  ...expiryRoutes(),
  ...expiringRoutes(),
  ...readinessRoutes({ catalogue, monotonicMs: () => runtime.clock.monotonicMs() }),
  ...overviewRoutes({ facts: (db) => homeFacts(db, { runtime }) }),
  ...licenceKeyRoutes({ keyring }),
  ...installationRoutes(),
  ...licencePositionRoutes(),
];
